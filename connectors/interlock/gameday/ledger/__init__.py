"""The ledger of the sandbox: a process that keeps the order desk, the payments and the mailbox, and stamps effects.

It is the oracle. It takes nothing from Interlock but two texts, the run and the permit of whoever asks, and says of
every effect when it happened and on whose permit, in a file that nobody else writes.
"""

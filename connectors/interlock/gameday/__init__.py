"""The sandbox company: an order desk, its agents and its faults. A demo for people, an oracle for tests.

``python -m interlock.gameday`` plays it. The ledger is a process of its own that knows nothing of gates and hubs:
whatever really happened in the company is in its file of effects.
"""

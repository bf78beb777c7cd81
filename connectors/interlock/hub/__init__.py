"""The hub: the record, permits, orders and the feed. Needs the extra ``interlock[hub]``."""

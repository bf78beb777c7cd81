"""What waits for people, without a screen: facts, the list and its groups, the card, what counts as read."""

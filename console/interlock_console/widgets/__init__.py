"""What the console draws with: boards and lists painted line by line, and nothing that parses markup."""

"""What the machine does with a ticket: a file for each stage, and the loop around them."""

"""What Django leaves out of Persian: thousands are grouped there, too."""

NUMBER_GROUPING = 3

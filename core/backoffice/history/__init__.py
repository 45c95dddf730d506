"""Who changed what, when, from where: history rows and events as one story, and putting a value back."""

"""What is done on each screen of brief 4, by the name of its row in `brief4_screens`."""

"""The loop that brings pods nearer to what their pools should be, one step at a time."""

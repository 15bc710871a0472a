"""What the commands do, one file each; what can be typed stands in `vaste.cli`."""

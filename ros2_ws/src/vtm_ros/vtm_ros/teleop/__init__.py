"""What the node `retarget` hears of person, robot and operator, and what it tells the robot."""

"""From the bus to workflows: what a trigger says, how messages are read, and the consumer that joins the two."""

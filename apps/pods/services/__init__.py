"""Actions of people on pools and pods. The reconciler carries on from there at its next look."""

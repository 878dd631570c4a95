"""What people do to pools and pods. The reconciler meets it at its next look."""

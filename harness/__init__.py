"""A reproducibility test harness across TensorFlow 2.x releases."""

"""The main job: a U-Net from one Python function to a predicted mask."""

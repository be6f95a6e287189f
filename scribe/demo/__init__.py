"""The whole main job on one consultation, from audio to the hospital's server."""

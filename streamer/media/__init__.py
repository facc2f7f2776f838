"""Pictures to bytes: H.264 (`encoder`, `h264`), live chunks (`cmaf`) and files (`files`)."""

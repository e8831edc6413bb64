"""What libav raises."""

import av.error

# What libav and PyAV raise on damaged data; nearly all libav errors are also one of these.
LIBAV_ERRORS = (av.error.FFmpegError, OSError, ValueError, RuntimeError, OverflowError, IndexError)

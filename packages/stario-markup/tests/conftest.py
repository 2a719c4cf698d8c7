"""Test modules with t-strings in them are read by Python 3.14 and later only."""

import sys

collect_ignore_glob = [] if sys.version_info >= (3, 14) else ["test_templates*.py"]

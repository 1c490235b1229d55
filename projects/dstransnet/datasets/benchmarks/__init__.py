"""The public benchmarks, one dataset class a file."""

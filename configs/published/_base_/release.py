# A network with its release's settings. A child config names the network, what
# its release has in place of these, and the dataset.
_base_ = [
    '../../_base_/models/network.py',
    '../../_base_/schedules/adam_500e.py',
    '../../_base_/default_runtime.py',
]

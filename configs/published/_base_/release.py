# Tests of a network with its release's weights and preprocessing. A child
# config names network, normalisation and dataset.
_base_ = [
    '../../_base_/models/network.py',
    '../../_base_/schedules/adam_40e.py',  # not used: nothing is trained
    '../../_base_/default_runtime.py',
]

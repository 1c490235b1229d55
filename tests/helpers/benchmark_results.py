"""Results to report, without measuring any."""
from projects.dstransnet.profiling import (
    Case,
    Measurement,
    OperatorTime,
    Result,
)


def result(side=32, seconds=(2.0, ), unit=(0.5, ), memory=2**20, macs=10**9,
           **settings) -> Result:
    return Result(
        Case('c.py', side, side, **settings), macs,
        Measurement(
            seconds=list(seconds),
            unit_seconds=list(unit),
            memory=memory,
            memory_sizes=[memory],
            memory_method='a counter',
            first_seconds=12.34,
            parameters=100,
            threads=2,
            device_name='a processor',
            operators=[OperatorTime('aten::mm', 3, 0.5, 1.0)]))


def failed(side=64, **settings) -> Result:
    return Result(Case('c.py', side, side, **settings), None,
                  problem='out of memory (no more)')

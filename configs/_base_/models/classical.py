# A classical detector: a pixel is target above half of the map's maximum. A
# child config names the method.
model = dict(
    type='ClassicalDetector', method=None, parameters=dict(), rule='maximum')

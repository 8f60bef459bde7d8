"""The process in which real Caffe runs.

The files of this folder are run by path under whatever interpreter has Caffe, where netgen need not be
installed. So they use the standard library, NumPy and Caffe alone, import one another relatively, and keep to
the syntax of Python 3.6, the oldest for which Caffe wheels exist.
"""

"""When is something abnormal: pure judging of samples, live, of history and in back-tests."""

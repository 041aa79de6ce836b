namespace MiniBatch.Shared.Weights;

/// <summary>
/// A file of weights that cannot be read or written. The message is one line: which file, and what is wrong with it.
/// </summary>
public sealed class WeightsException(string message, Exception? inner = null) : Exception(message, inner);

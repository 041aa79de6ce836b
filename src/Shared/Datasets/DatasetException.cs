namespace MiniBatch.Shared.Datasets;

/// <summary>
/// A dataset that cannot be used for a reason outside of the program. The message is one line for the user: which
/// file or folder, what is wrong with it, and how to mend it.
/// </summary>
public sealed class DatasetException(string message, Exception? inner = null) : Exception(message, inner);

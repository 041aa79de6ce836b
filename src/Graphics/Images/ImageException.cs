using MiniBatch.Shared.Runs;

namespace MiniBatch.Graphics.Images;

/// <summary>An image that cannot be used. The message is one line: which file, what is wrong with it, what would do.</summary>
public sealed class ImageException(string message, Exception? inner = null) : UserErrorException(message, cause: inner);

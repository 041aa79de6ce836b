namespace MiniBatch.Processes.Harness;

/// <summary>What a person may find on standard error: one line that names cause and mend.</summary>
internal static class OneLine
{
    /// <summary>Requires that an ended process wrote one line of error, which says something, and no stack trace.</summary>
    /// <returns>The line.</returns>
    public static string Of(NodeProcess process, string says)
    {
        var line = Assert.Single(process.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("minibatch: ", line, StringComparison.Ordinal);
        Assert.Contains(says, line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", process.Output + process.Error, StringComparison.Ordinal);
        return line;
    }
}

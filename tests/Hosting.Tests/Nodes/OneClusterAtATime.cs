namespace MiniBatch.Hosting.Tests.Nodes;

/// <summary>A node that gets no processor for seconds is taken for dead: these tests run when no others do.</summary>
[CollectionDefinition(nameof(OneClusterAtATime), DisableParallelization = true)]
public sealed class OneClusterAtATime;

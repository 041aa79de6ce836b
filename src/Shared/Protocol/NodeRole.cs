namespace MiniBatch.Shared.Protocol;

/// <summary>The roles of a cluster's nodes; a node's one actor has its role's name.</summary>
public static class NodeRole
{
    /// <summary>Is found as /user/coordinator.</summary>
    public const string Coordinator = "coordinator";

    /// <summary>Of all other nodes.</summary>
    public const string Worker = "worker";
}

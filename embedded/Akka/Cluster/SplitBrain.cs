namespace Akka.Cluster;

/// <summary>How a cluster that fell apart decides which part lives on.</summary>
internal enum DowningStrategy
{
    KeepOldest,
    KeepMajority,
    DownAll,
}

/// <summary>What this node's part does.</summary>
internal enum DowningDecision
{
    /// <summary>Lives on; its oldest takes the others for dead.</summary>
    DownUnreachable,

    /// <summary>Ends, each node by itself.</summary>
    DownReachable,
}

/// <summary>
/// The decision, which each part takes by itself from the same membership, so that both come to the same one.
/// See Akka.NET's documentation of the Split Brain Resolver.
/// </summary>
internal static class SplitBrain
{
    /// <param name="options">The strategy.</param>
    /// <param name="members">All members; those that are still joining count for none of the strategies.</param>
    /// <param name="isUnreachable">From this node.</param>
    public static (DowningDecision Decision, string Reason) Decide(
        ClusterOptions options, IEnumerable<Member> members, Func<Member, bool> isUnreachable)
    {
        var counted = members.Where(member => member.Status is MemberStatus.Up or MemberStatus.Leaving).Order(Member.AgeOrdering).ToList();
        var there = counted.Where(isUnreachable).ToList();
        var here = counted.Count - there.Count;
        if (options.Downing == DowningStrategy.DownAll) return (DowningDecision.DownReachable, "down-all downs every part");
        if (counted.Count == 0 || there.Count == 0) return (DowningDecision.DownUnreachable, "only joining members are unreachable");
        return options.Downing == DowningStrategy.KeepMajority ? KeepMajority(counted, there, here) : KeepOldest(options, counted, there, here);
    }

    private static (DowningDecision, string) KeepOldest(ClusterOptions options, List<Member> counted, List<Member> there, int here)
    {
        var oldest = counted[0];
        var isThere = there.Contains(oldest);
        var isAlone = options.DownIfAlone && counted.Count >= 3 && (isThere ? there.Count : here) == 1;
        return isThere == isAlone
            ? (DowningDecision.DownUnreachable, isAlone ? $"the oldest, {oldest.Address}, is alone elsewhere" : $"the oldest, {oldest.Address}, is here")
            : (DowningDecision.DownReachable, isAlone ? "the oldest is alone here" : $"the oldest, {oldest.Address}, is elsewhere");
    }

    private static (DowningDecision, string) KeepMajority(List<Member> counted, List<Member> there, int here)
    {
        var lowest = counted.Min()!;
        var isMajority = here > there.Count || (here == there.Count && !there.Contains(lowest));
        return (isMajority ? DowningDecision.DownUnreachable : DowningDecision.DownReachable, $"{here} of {counted.Count} members are here");
    }
}

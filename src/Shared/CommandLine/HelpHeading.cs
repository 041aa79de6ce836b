using System.CommandLine;
using System.Runtime.CompilerServices;

namespace MiniBatch.Shared.CommandLine;

/// <summary>What a flag decides: the headings of a command's help, in their order.</summary>
public enum HelpHeading
{
    /// <summary>Model, data, length.</summary>
    Trained,

    /// <summary>Which samples make an update, and when.</summary>
    Step,

    /// <summary>What becomes of a gradient.</summary>
    Update,

    /// <summary>The learning rate's schedule.</summary>
    Rate,

    /// <summary>How work is shared, and what is borne with.</summary>
    Spread,

    /// <summary>Machines, devices, addresses, files that are read.</summary>
    Place,

    /// <summary>Files that are written.</summary>
    Kept,

    /// <summary>What standard output has.</summary>
    Said,

    /// <summary>Whatever has no heading of its own.</summary>
    Other,

    /// <summary>What every command understands.</summary>
    Every,
}

/// <summary>Puts flags under headings. A flag's heading is the same in every command that has it.</summary>
public static class HelpHeadings
{
    private static readonly ConditionalWeakTable<Symbol, object> Assigned = [];

    /// <summary>Adds flags to a command, under a heading of its help.</summary>
    public static void AddFlags(this Command command, HelpHeading heading, params IEnumerable<Symbol> flags)
    {
        foreach (var flag in flags)
        {
            Assigned.AddOrUpdate(flag, heading);
            if (flag is Argument argument) command.Arguments.Add(argument);
            else command.Options.Add((Option)flag);
        }
    }

    /// <summary>Where a flag stands.</summary>
    public static HelpHeading Of(Symbol flag) => Assigned.TryGetValue(flag, out var heading) ? (HelpHeading)heading
        : flag is VersionOption or Option { Recursive: true } ? HelpHeading.Every
        : HelpHeading.Other;

    /// <summary>For people.</summary>
    public static string Title(HelpHeading heading) => heading switch
    {
        HelpHeading.Trained => "What is trained",
        HelpHeading.Step => "What a step is",
        HelpHeading.Update => "How it is optimised",
        HelpHeading.Rate => "How the learning rate changes",
        HelpHeading.Spread => "How it is spread",
        HelpHeading.Place => "Where it runs",
        HelpHeading.Kept => "What is kept",
        HelpHeading.Said => "What is said",
        HelpHeading.Other => "Flags",
        _ => "In every command",
    };
}

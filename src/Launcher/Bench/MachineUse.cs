using System.Globalization;
using MiniBatch.Launcher.Supervision;

namespace MiniBatch.Launcher.Bench;

/// <summary>What a measured system took of the machine for a while, and what was left to it.</summary>
/// <param name="OwnCores">Processor time of its processes over the time that passed.</param>
/// <param name="OtherCores">The same of everything else that ran, the kernel's own work in it.</param>
/// <param name="StolenCores">The same of what a virtual machine's host gave to others.</param>
/// <param name="PageFaults">Of its processes, a second.</param>
/// <param name="ContextSwitches">Of its threads, a second, whether they waited or were made to.</param>
public sealed record MachineUse(double OwnCores, double OtherCores, double StolenCores, double PageFaults, double ContextSwitches)
{
    /// <summary>The part of all cores that others may take before figures are not to be believed.</summary>
    private const double IdleEnough = 0.05;

    /// <summary>Cores that were not there for what was measured.</summary>
    public double TakenCores => OtherCores + StolenCores;

    /// <summary>Whether others took so much of so many cores that the figures say little.</summary>
    public bool IsDisturbed(int cores) => TakenCores > IdleEnough * cores;
}

/// <summary>Counters of a process tree and of the machine at a moment.</summary>
/// <param name="At">When.</param>
/// <param name="OwnTicks">Processor time of the tree, in hundredths of a second, as are the next two.</param>
/// <param name="BusyTicks">Of all that runs.</param>
/// <param name="StolenTicks">Of what a host gave to others.</param>
/// <param name="PageFaults">Of the tree.</param>
/// <param name="ContextSwitches">Of the tree's threads.</param>
/// <remarks>Source: proc(5). The kernel tells times in hundredths of a second on every machine that .NET runs on.</remarks>
public sealed record MachineCounters(DateTimeOffset At, long OwnTicks, long BusyTicks, long StolenTicks, long PageFaults, long ContextSwitches)
{
    private const double TicksPerSecond = 100;

    /// <summary>Whether this system has them.</summary>
    public static bool Exist => File.Exists("/proc/stat");

    /// <summary>Reads them.</summary>
    /// <param name="root">The tree's root.</param>
    public static MachineCounters Read(int root)
    {
        var (busy, stolen) = Processors(ProcessTable.Read("/proc/stat"));
        var (own, faults, switches) = (0L, 0L, 0L);
        foreach (var id in ProcessTable.TreeOf(root))
        {
            if (ProcessTable.StatOf(id) is not { Length: > 12 } stat) continue;
            faults += Number(stat[7]) + Number(stat[9]);   // minflt, majflt
            own += Number(stat[11]) + Number(stat[12]);    // utime, stime
            switches += Threads(id).Sum(thread => Switches(ProcessTable.Read($"{thread}/status")));
        }
        return new MachineCounters(DateTimeOffset.UtcNow, own, busy, stolen, faults, switches);
    }

    /// <summary>What was used from these counters to later ones.</summary>
    public MachineUse Until(MachineCounters later)
    {
        var seconds = (later.At - At).TotalSeconds;
        var own = Math.Max(0, later.OwnTicks - OwnTicks);
        // The tree is read after the machine, and what ends takes its counters along: differences may be below 0.
        return new MachineUse(
            own / TicksPerSecond / seconds,
            Math.Max(0, later.BusyTicks - BusyTicks - own) / TicksPerSecond / seconds,
            Math.Max(0, later.StolenTicks - StolenTicks) / TicksPerSecond / seconds,
            Math.Max(0, later.PageFaults - PageFaults) / seconds,
            Math.Max(0, later.ContextSwitches - ContextSwitches) / seconds);
    }

    /// <summary>Of "cpu  user nice system idle iowait irq softirq steal …", the first line.</summary>
    public static (long Busy, long Stolen) Processors(string stat)
    {
        var fields = stat.Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        long Field(int number) => fields.Length > number ? Number(fields[number]) : 0;
        return (Field(1) + Field(2) + Field(3) + Field(6) + Field(7), Field(8));
    }

    /// <summary>Of "voluntary_ctxt_switches: 12" and "nonvoluntary_ctxt_switches: 3", the sum.</summary>
    public static long Switches(string status) => status.Split('\n')
        .Where(line => line.Contains("voluntary_ctxt_switches:", StringComparison.Ordinal))
        .Sum(line => Number(line[(line.IndexOf(':') + 1)..]));

    private static string[] Threads(int id)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{id}/task");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static long Number(string text) => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 0;
}

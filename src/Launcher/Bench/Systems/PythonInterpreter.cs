using System.ComponentModel;
using System.Diagnostics;

namespace MiniBatch.Launcher.Bench.Systems;

/// <summary>Finds a Python that has PyTorch.</summary>
public static class PythonInterpreter
{
    /// <summary>What is said where none has.</summary>
    public const string Missing =
        "no python3 here has PyTorch, so there is nothing to compare with (Debian: apt-get install -y --no-install-recommends python3-torch)";

    /// <summary>The one of PATH may be somebody's own without PyTorch, where the system's has it.</summary>
    private static readonly string[] Candidates = ["python3", "/usr/bin/python3"];

    private static readonly TimeSpan ProbeLimit = TimeSpan.FromMinutes(1);

    /// <summary>The first interpreter that has PyTorch with distributed training; null where none has.</summary>
    public static string? Find() => Find(Candidates, HasTorch);

    /// <summary>As above, of given ones.</summary>
    /// <param name="candidates">In order of preference.</param>
    /// <param name="hasTorch">Tries one.</param>
    public static string? Find(IEnumerable<string> candidates, Func<string, bool> hasTorch) => candidates.FirstOrDefault(hasTorch);

    private static bool HasTorch(string python)
    {
        var info = new ProcessStartInfo(python, ["-c", "import torch, torch.distributed as d, sys; sys.exit(0 if d.is_available() else 1)"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(info)!;
            // What it says about a missing module is of no interest, and fits into the pipe.
            if (process.WaitForExit(ProbeLimit)) return process.ExitCode == 0;
            process.Kill();
            return false;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}

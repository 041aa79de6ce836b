using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using MiniBatch.Shared.Runs;
using TorchSharp;

namespace MiniBatch.Shared.Devices;

/// <summary>Loads libtorch, or says in one line why it does not load.</summary>
public static partial class Libtorch
{
    /// <summary>
    /// Loads it by TorchSharp's library, before TorchSharp does: where that fails to, it copies all of libtorch beside itself and
    /// prints a page. Does nothing where it is loaded.
    /// </summary>
    /// <exception cref="UserErrorException">It does not load, with the mend.</exception>
    public static void Load()
    {
        try
        {
            NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new UserErrorException(Problem(e.Message), cause: e);
        }
    }

    /// <summary>The library of this process that has libtorch's settings, wherever it was loaded from; null where none is loaded.</summary>
    public static IntPtr? Loaded()
    {
        const string Maps = "/proc/self/maps";
        if (!File.Exists(Maps)) return null;
        var path = File.ReadLines(Maps)
            .Select(line => line[(line.LastIndexOf(' ') + 1)..])
            .FirstOrDefault(path => Path.GetFileName(path).StartsWith("libtorch_cpu.so", StringComparison.Ordinal));
        return path is not null && NativeLibrary.TryLoad(path, out var library) ? library : null;
    }

    /// <summary>Why it does not load, for people.</summary>
    /// <param name="said">What the loader said, in many lines.</param>
    public static string Problem(string said)
    {
        const string Mend = "use Debian 12, Ubuntu 24.04 or a newer system, or a container of one (docker/)";
        if (MissingVersion().Match(said) is { Success: true } missing)
        {
            var library = missing.Groups["version"].Value.StartsWith("GLIBC_", StringComparison.Ordinal) ? "C library" : "libstdc++";
            return $"libtorch does not load: it needs {missing.Groups["version"].Value}, and this system's {library} is older; {Mend}";
        }
        var line = said.Split('\n').Select(candidate => candidate.Trim()).FirstOrDefault(candidate => Reason().IsMatch(candidate)) ?? said.Split('\n')[0];
        return $"libtorch does not load: {line}; build anew with ./cluster setup";
    }

    [GeneratedRegex(@"version [`'](?<version>(GLIBCXX|CXXABI|GLIBC|GCC)_[\d.]+)' not found")]
    private static partial Regex MissingVersion();

    // The loader tries a dozen names; what is wrong with a file that is there says more than that the others are not.
    [GeneratedRegex(@"\.so[.\d]*: (?!cannot open shared object file).|lib(torch|c10|gomp)\S*: cannot open shared object file")]
    private static partial Regex Reason();
}

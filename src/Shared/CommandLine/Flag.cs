using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.CommandLine;

/// <summary>Makes options whose errors are one line: the value, what is wrong with it, what would be right.</summary>
public static class Flag
{
    /// <summary>A whole number from <paramref name="min"/> to <paramref name="max"/>; null where it is not given.</summary>
    public static Option<int?> Integer(string name, string description, int min, int max = int.MaxValue) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                && value >= min && value <= max)
                return value;
            result.AddError(max == int.MaxValue && !IsAbove(text, max)
                ? $"{name} {text}: give a whole number, {min} or more"
                : $"{name} {text}: give a whole number from {min} to {max}");
            return null;
        },
    };

    /// <summary>A finite number ≥ 0 (or > 0) and below <paramref name="below"/>; null where it is not given.</summary>
    public static Option<double?> Number(string name, string description, bool zeroAllowed = false, double below = double.PositiveInfinity) => new(name)
    {
        Description = description,
        HelpName = "X",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && double.IsFinite(value) && (value > 0 || zeroAllowed && value == 0) && value < below)
                return value;
            result.AddError($"{name} {text}: give a number {(zeroAllowed ? "≥" : ">")} 0"
                + (double.IsFinite(below) ? $" and < {below.ToString(CultureInfo.InvariantCulture)}" : "") + ", such as 0.1");
            return null;
        },
    };

    /// <summary>An unsigned 64-bit number; null where it is not given.</summary>
    public static Option<ulong?> Seed(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return value;
            result.AddError($"{name} {text}: give a whole number" + (IsAbove(text, ulong.MaxValue) ? $" from 0 to {ulong.MaxValue}" : ", 0 or more"));
            return null;
        },
    };

    /// <summary>A length of time: "90", "90s", "250ms", "5min", "2h"; null where it is not given.</summary>
    public static Option<TimeSpan?> Duration(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (TryParseDuration(text, out var value)) return value;
            result.AddError($"{name} {text}: give a time such as 30s, 5min or 2h");
            return null;
        },
    };

    /// <summary>A TCP port; null where it is not given.</summary>
    public static Option<int?> Port(string name, string description) => Integer(name, description, 0, 65535);

    /// <summary>One of a few words, by name; null where it is not given.</summary>
    public static Option<T?> Choice<T>(string name, string description, params (string Word, T Value)[] choices) where T : struct => new(name)
    {
        Description = description,
        HelpName = string.Join("|", choices.Select(choice => choice.Word)),
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            foreach (var choice in choices)
            {
                if (string.Equals(choice.Word, text, StringComparison.OrdinalIgnoreCase)) return choice.Value;
            }
            result.AddError($"{name} {text}: give one of {string.Join(", ", choices.Select(choice => choice.Word))}");
            return null;
        },
    };

    /// <summary><c>--device</c>; null where it is not given.</summary>
    public static Option<DeviceRequest?> Device(string description) => new("--device")
    {
        Description = description,
        HelpName = "auto|cpu|cuda|cuda:N",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (DeviceRequest.TryParse(text, out var request)) return request;
            result.AddError($"--device {text}: give one of auto, cpu, cuda (any GPU) or cuda:N (that one), such as cuda:0");
            return null;
        },
    };

    /// <summary>Any text; null where it is not given.</summary>
    public static Option<string?> Text(string name, string description, string helpName) => new(name)
    {
        Description = description,
        HelpName = helpName,
    };

    /// <summary>An instruction set, as ATen calls it; null where it is not given.</summary>
    public static Option<CpuCapability?> Capability(string description) => Choice(
        "--cpu-capability", description, ("avx512", CpuCapability.Avx512), ("avx2", CpuCapability.Avx2), ("default", CpuCapability.Default));

    /// <summary>A path, with ~ for the home folder; null where it is not given.</summary>
    public static Option<string?> Path(string name, string description, string helpName) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result => ParsePath(name, result),
    };

    /// <summary>A path that must be given, with ~ for the home folder.</summary>
    public static Argument<string> PathArgument(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => ParsePath(name, result)!,
    };

    /// <summary>True where it is given.</summary>
    public static Option<bool> Switch(string name, string description) => new(name) { Description = description };

    /// <summary>A limit that is only the size of our numbers is said to who meets it, and to nobody else.</summary>
    private static bool IsAbove(string text, BigInteger max) =>
        BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value > max;

    private static string? ParsePath(string name, ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        try
        {
            return UserPath.Expand(text);
        }
        catch (FormatException e)
        {
            result.AddError($"{name} {text}: {e.Message}");
            return null;
        }
    }

    /// <summary>Parses what <see cref="Duration"/> accepts.</summary>
    public static bool TryParseDuration(string text, out TimeSpan value)
    {
        (string Unit, double Seconds)[] units = [("ms", 0.001), ("min", 60), ("s", 1), ("m", 60), ("h", 3600), ("", 1)];
        foreach (var (unit, seconds) in units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)) continue;
            if (double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number * seconds is >= 0 and < 1e9)
            {
                value = TimeSpan.FromSeconds(number * seconds);
                return true;
            }
            break;
        }
        value = default;
        return false;
    }
}

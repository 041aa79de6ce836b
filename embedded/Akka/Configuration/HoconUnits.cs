using System.Globalization;

namespace Akka.Configuration;

/// <summary>Durations, sizes and paths as HOCON writes them.</summary>
internal static class HoconUnits
{
    /// <exception cref="FormatException">No duration.</exception>
    public static TimeSpan Duration(string text, bool allowInfinite)
    {
        if (text == "infinite" && allowInfinite) return Timeout.InfiniteTimeSpan;
        var (number, unit) = Split(text);
        return TimeSpan.FromTicks((long)(number * unit switch
        {
            "" or "ms" or "milli" or "millis" or "millisecond" or "milliseconds" => TimeSpan.TicksPerMillisecond,
            "s" or "second" or "seconds" => TimeSpan.TicksPerSecond,
            "m" or "minute" or "minutes" => TimeSpan.TicksPerMinute,
            "h" or "hour" or "hours" => TimeSpan.TicksPerHour,
            "d" or "day" or "days" => TimeSpan.TicksPerDay,
            "us" or "micro" or "micros" or "microsecond" or "microseconds" => TimeSpan.TicksPerMicrosecond,
            "ns" or "nano" or "nanos" or "nanosecond" or "nanoseconds" => 0.01m,
            _ => throw new FormatException(),
        }));
    }

    /// <exception cref="FormatException">No size.</exception>
    public static long Bytes(string text)
    {
        var (number, unit) = Split(text);
        return (long)(number * unit switch
        {
            "" or "b" or "B" or "byte" or "bytes" => 1L,
            "kB" or "kilobyte" or "kilobytes" => 1_000L,
            "MB" or "megabyte" or "megabytes" => 1_000_000L,
            "k" or "K" or "Ki" or "KiB" or "kibibyte" or "kibibytes" => 1L << 10,
            "m" or "M" or "Mi" or "MiB" or "mebibyte" or "mebibytes" => 1L << 20,
            "g" or "G" or "Gi" or "GiB" or "gibibyte" or "gibibytes" => 1L << 30,
            _ => throw new FormatException(),
        });
    }

    /// <summary>The keys of a dotted path; a quoted part may hold dots.</summary>
    public static IEnumerable<string> SplitPath(string path)
    {
        var parts = path.Split('"');
        if (parts.Length == 1) return path.Split('.');
        return parts.SelectMany((part, index) => index % 2 == 1 ? [part] : part.Split('.', StringSplitOptions.RemoveEmptyEntries));
    }

    private static (decimal Number, string Unit) Split(string text)
    {
        var end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] is '.' or '-')) end++;
        return (decimal.Parse(text.AsSpan(0, end), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
            text[end..].Trim());
    }
}

using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace MiniBatch.Shared.Tests.Properties;

/// <summary>Texts for properties.</summary>
internal static class Texts
{
    /// <summary>Any Unicode text of up to 20 characters; those that formats escape are frequent.</summary>
    public static Gen<string> Any { get; } =
        from count in Gen.Choose(0, 20)
        from runes in Gen.ArrayOf(
            Gen.Frequency(
                (2, from value in Gen.Choose(0x20, 0x7E) select new Rune(value)),
                (1, from value in Gen.Elements('"', '\\', '\n', '\r', '\0', '\t', '<', '\u2028', '/') select new Rune(value)),
                (1, from value in Gen.Choose(0, 0x10FFFF) where Rune.IsValid(value) select new Rune(value))),
            count)
        select string.Concat(runes);

    public static IEnumerable<string> Shrink(string text) => Shrinks.Of(text.EnumerateRunes().ToArray()).Select(runes => string.Concat(runes));
}

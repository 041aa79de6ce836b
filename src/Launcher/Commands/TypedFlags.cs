using System.CommandLine;

namespace MiniBatch.Launcher.Commands;

/// <summary>What was typed, to be passed on to another process.</summary>
internal static class TypedFlags
{
    /// <summary>An argument's words.</summary>
    public static IEnumerable<string> Of(ParseResult parsed, Argument argument) =>
        parsed.GetResult(argument)?.Tokens.Select(token => token.Value) ?? [];

    /// <summary>A flag with its value; nothing where it was not given.</summary>
    public static IEnumerable<string> Of(ParseResult parsed, Option option) =>
        parsed.GetResult(option) is { Implicit: false } result ? [option.Name, .. result.Tokens.Select(token => token.Value)] : [];
}

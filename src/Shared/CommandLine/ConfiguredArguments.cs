using System.CommandLine;
using System.CommandLine.Parsing;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.CommandLine;

/// <summary>
/// Flags over environment over a file: a flag that the command line leaves out is taken from <c>MINIBATCH_…</c>
/// (<c>--limit-train</c> is MINIBATCH_LIMIT_TRAIN), else from the JSON object in <c>--config FILE</c>
/// (<c>"limit-train": 1000</c>).
/// </summary>
public static class ConfiguredArguments
{
    /// <summary>Prefix of every environment variable that this program reads.</summary>
    public const string VariablePrefix = "MINIBATCH_";

    /// <summary>The file's flag, understood by every command.</summary>
    public static readonly Option<string?> File = MakeFile();

    /// <summary>What a file can't say: they are done with before it is read.</summary>
    private static readonly string[] TypedOnly = ["--help", "--version", "--config"];

    /// <summary>The command line, with what environment and file add to it.</summary>
    /// <param name="root">The program's command.</param>
    /// <param name="args">What was typed.</param>
    /// <param name="variable">Reads an environment variable.</param>
    /// <exception cref="UserErrorException">The file is missing, no JSON object, or names a flag that no command
    /// has; or what one of the two says of a flag is wrong.</exception>
    public static string[] Expand(RootCommand root, string[] args, Func<string, string?> variable)
    {
        var typed = root.Parse(args);
        var command = typed.CommandResult.Command;
        var file = PathOfFile(typed.GetValue(File), variable) is { } path ? FlagFile.Read(path, Known(root)) : null;
        var expanded = new List<string>(args);
        var origins = new Dictionary<Option, string>();
        foreach (var option in command.Options.Concat(root.Options.Where(option => option.Recursive)).Distinct())
        {
            if (TypedOnly.Contains(option.Name) || typed.GetResult(option) is { Implicit: false }) continue;
            var name = VariableOf(option.Name);
            var value = variable(name);
            if (!string.IsNullOrEmpty(value)) origins[option] = name;
            else if (file is not null && file.Values.TryGetValue(option.Name, out value)) origins[option] = file.Place(option.Name);
            else continue;
            if (option.ValueType != typeof(bool)) expanded.AddRange([option.Name, value]);
            else if (value is "1" or "true" or "True") expanded.Add(option.Name);
            else if (value is not ("0" or "false" or "False")) throw Usage($"{origins[option]} {value}: give true or false");
        }
        if (origins.Count > 0) Check(root.Parse(expanded), origins);
        return [.. expanded];
    }

    /// <summary>Says of a wrong value where it stands; the parser would name a flag that nobody typed.</summary>
    private static void Check(ParseResult parsed, Dictionary<Option, string> origins)
    {
        foreach (var error in parsed.Errors)
        {
            if (error.SymbolResult is not OptionResult { Option: var option } || !origins.TryGetValue(option, out var origin)) continue;
            throw Usage(origin + (error.Message.StartsWith(option.Name, StringComparison.Ordinal) ? error.Message[option.Name.Length..] : $": {error.Message}"));
        }
    }

    private static string? PathOfFile(string? typed, Func<string, string?> variable)
    {
        if (typed is not null || variable(VariableOf("--config")) is not { Length: > 0 } named) return typed;
        try
        {
            return UserPath.Expand(named);
        }
        catch (FormatException e)
        {
            throw Usage($"{VariableOf("--config")} {named}: {e.Message}");
        }
    }

    private static Option<string?> MakeFile()
    {
        var file = Flag.Path(
            "--config", "a JSON file of flags: { \"epochs\": 3, \"lr\": 0.1 }; the environment (MINIBATCH_EPOCHS) and the command line go before it", "FILE");
        file.Recursive = true;
        return file;
    }

    private static HashSet<string> Known(RootCommand root) => root.Subcommands.SelectMany(command => command.Options).Concat(root.Options)
        .Where(option => !option.Hidden).Select(option => option.Name).Except(TypedOnly).ToHashSet();

    /// <summary>The environment variable of a flag.</summary>
    public static string VariableOf(string flag) => VariablePrefix + flag.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    private static UserErrorException Usage(string message) => new(message, UserErrorException.Usage);
}

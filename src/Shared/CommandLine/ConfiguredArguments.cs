using System.CommandLine;
using System.Text.Json;
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
    public static readonly Option<string?> File = new("--config")
    {
        Description = "a JSON file of flags: { \"epochs\": 3, \"lr\": 0.1 }; the environment (MINIBATCH_EPOCHS) and the command line go before it",
        HelpName = "FILE",
        Recursive = true,
    };

    /// <summary>The command line, with what environment and file add to it.</summary>
    /// <param name="root">The program's command.</param>
    /// <param name="args">What was typed.</param>
    /// <param name="variable">Reads an environment variable.</param>
    /// <exception cref="UserErrorException">The file is missing, no JSON object, or names a flag that no command
    /// has.</exception>
    public static string[] Expand(RootCommand root, string[] args, Func<string, string?> variable)
    {
        var typed = root.Parse(args);
        var command = typed.CommandResult.Command;
        var file = ReadFile(typed.GetValue(File) ?? variable(VariableOf("--config")), root);
        var expanded = new List<string>(args);
        foreach (var option in command.Options)
        {
            if (option.Name is "--help" or "--version" or "--config" || typed.GetResult(option) is { Implicit: false }) continue;
            var value = variable(VariableOf(option.Name));
            if (string.IsNullOrEmpty(value) && !file.TryGetValue(option.Name, out value)) continue;
            if (option.ValueType != typeof(bool)) expanded.AddRange([option.Name, value]);
            else if (value is "1" or "true" or "True") expanded.Add(option.Name);
            else if (value is not ("0" or "false" or "False"))
                throw new UserErrorException($"{VariableOf(option.Name)}={value}: give true or false", UserErrorException.Usage);
        }
        return [.. expanded];
    }

    /// <summary>The environment variable of a flag.</summary>
    public static string VariableOf(string flag) => VariablePrefix + flag.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    private static Dictionary<string, string> ReadFile(string? path, RootCommand root)
    {
        var values = new Dictionary<string, string>();
        if (path is null) return values;
        if (!System.IO.File.Exists(path)) throw new UserErrorException($"--config {path}: there is no such file", UserErrorException.Usage);
        var known = root.Subcommands.SelectMany(command => command.Options).Concat(root.Options).Select(option => option.Name).ToHashSet();
        try
        {
            using var json = JsonDocument.Parse(System.IO.File.ReadAllBytes(path));
            foreach (var property in json.RootElement.EnumerateObject())
            {
                var flag = "--" + property.Name;
                if (!known.Contains(flag))
                    throw new UserErrorException($"--config {path}: no command has a flag {flag}", UserErrorException.Usage);
                values[flag] = property.Value.ToString();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new UserErrorException($"--config {path}: not a JSON object of flags ({e.Message})", UserErrorException.Usage);
        }
        return values;
    }
}

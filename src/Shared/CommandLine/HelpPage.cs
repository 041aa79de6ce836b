using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text;

namespace MiniBatch.Shared.CommandLine;

/// <summary>A command's help: flags by what they decide, each with its default and the reason for it, wrapped to the terminal.</summary>
public sealed class HelpPage : SynchronousCommandLineAction
{
    /// <summary>Where descriptions begin; a longer flag has a line of its own.</summary>
    private const int DescriptionColumn = 24;

    /// <summary>Longer lines are hard to read, however wide the terminal.</summary>
    private const int WidthMax = 110;

    /// <summary>Where the output is no terminal.</summary>
    private const int PlainWidth = 100;

    /// <inheritdoc />
    public override bool ClearsParseErrors => true;

    /// <summary>Makes this the help of a program.</summary>
    public static void Install(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpPage();
        help.Description = "show this";
        foreach (var version in root.Options.OfType<VersionOption>()) version.Description = "show the program's version";
    }

    /// <inheritdoc />
    public override int Invoke(ParseResult parsed)
    {
        var width = Console.IsOutputRedirected ? PlainWidth : Console.WindowWidth - 1;
        parsed.InvocationConfiguration.Output.Write(Of(parsed.CommandResult.Command, width));
        return 0;
    }

    /// <summary>The text.</summary>
    /// <param name="command">What was asked about.</param>
    /// <param name="width">Columns.</param>
    public static string Of(Command command, int width)
    {
        width = Math.Clamp(width, DescriptionColumn + 20, WidthMax);
        var page = new StringBuilder();
        Wrap(page, command.Description ?? "", column: 0, width);
        page.Append($"\nUsage: {TypedName(command)}");
        if (command.Subcommands.Any(IsShown)) page.Append(command is RootCommand && command.Action is null ? " COMMAND" : " [COMMAND]");
        foreach (var argument in command.Arguments.Where(IsShown))
            page.Append(argument.Arity.MinimumNumberOfValues > 0 ? $" {Term(argument)}" : $" [{Term(argument)}]");
        page.Append(" [FLAGS]\n");
        AddRows(page, "Commands", command.Subcommands, width);
        var flags = command.Arguments.Concat<Symbol>(command.Options).Concat(FromAbove(command)).Where(IsShown);
        foreach (var group in flags.GroupBy(HelpHeadings.Of).OrderBy(group => group.Key))
            AddRows(page, HelpHeadings.Title(group.Key), group, width);
        return page.ToString();
    }

    /// <summary>What a person types, not the program behind it: "./cluster worker"; a command "./cluster train", whatever program
    /// it is in.</summary>
    public static string TypedName(Command command)
    {
        if (command is not RootCommand) return $"./cluster {command.Name}";
        var program = command.Name.Split('.')[^1];
        return program == "Launcher" ? "./cluster" : $"./cluster {program.ToLowerInvariant()}";
    }

    private static bool IsShown(Symbol symbol) => !symbol.Hidden;

    private static IEnumerable<Option> FromAbove(Command command) => command.Parents.OfType<Command>()
        .SelectMany(parent => parent.Options.Where(option => option.Recursive).Concat(FromAbove(parent)));

    private static void AddRows(StringBuilder page, string title, IEnumerable<Symbol> symbols, int width)
    {
        var shown = symbols.Where(IsShown).ToList();
        if (shown.Count == 0) return;
        page.Append($"\n{title}\n");
        foreach (var symbol in shown)
        {
            var term = $"  {Term(symbol)}";
            page.Append(term);
            if (term.Length > DescriptionColumn - 2) page.Append('\n').Append(' ', DescriptionColumn);
            else page.Append(' ', DescriptionColumn - term.Length);
            Wrap(page, symbol.Description ?? "", DescriptionColumn, width);
        }
    }

    private static string Term(Symbol symbol) => symbol switch
    {
        Argument argument => argument.HelpName ?? argument.Name.ToUpperInvariant(),
        HelpOption => "--help, -h, -?",
        Option { HelpName: { } value } => $"{symbol.Name} {value}",
        _ => symbol.Name,
    };

    /// <summary>Appends text from this column on, and ends the line.</summary>
    private static void Wrap(StringBuilder page, string text, int column, int width) =>
        page.AppendJoin("\n" + new string(' ', column), WrappedText.Lines(text, width - column)).Append('\n');
}

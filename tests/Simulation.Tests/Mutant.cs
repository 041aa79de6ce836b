using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace MiniBatch.Simulation.Tests;

/// <summary>A bug that is planted: an edit of the shipped source, of which one place must have the text.</summary>
/// <param name="Name">What is wrong then.</param>
/// <param name="File">Under <c>src</c>.</param>
/// <param name="Text">What is there.</param>
/// <param name="Broken">What is there instead.</param>
public sealed record Mutant(string Name, string File, string Text, string Broken)
{
    /// <inheritdoc />
    public override string ToString() => Name;
}

/// <summary>
/// Our assemblies once more, one of them compiled from edited source: the simulation in there runs the mutant. Everything else is
/// shared with the tests.
/// </summary>
internal sealed partial class MutantContext : AssemblyLoadContext
{
    private static readonly Dictionary<string, SyntaxTree> Parsed = [];
    private static readonly CSharpParseOptions Options = new(LanguageVersion.Preview);
    private static readonly string Root = FindRoot();

    private const string Usings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http;"
        + " global using System.Threading; global using System.Threading.Tasks; [assembly: System.Reflection.AssemblyVersion(\"0.1.0.0\")]"
        + " [assembly: System.Reflection.AssemblyInformationalVersion(\"0.1.0\")] [assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"MiniBatch.Simulation\")]"
        + " [assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"MiniBatch.Coordinator\")] [assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"MiniBatch.Worker\")]";

    private readonly string _name;
    private readonly byte[] _assembly;

    public MutantContext(Mutant mutant)
    {
        var project = mutant.File.Split('/')[0];
        _name = $"MiniBatch.{project}";
        _assembly = Compile(project, mutant);
    }

    /// <summary>"SEED: what is broken" of the first seed that finds it; null where none does.</summary>
    public string? FirstViolation(ulong first, int count) => Call<Func<ulong, int, string?>>(nameof(Simulator.FirstViolation))(first, count);

    /// <summary>The story of a seed.</summary>
    public string[] Story(ulong seed) => Call<Func<ulong, string[]>>(nameof(Simulator.Story))(seed);

    private T Call<T>(string method) where T : Delegate =>
        LoadFromAssemblyName(new AssemblyName("MiniBatch.Simulation")).GetType(typeof(Simulator).FullName!, throwOnError: true)!.GetMethod(method)!.CreateDelegate<T>();

    protected override Assembly? Load(AssemblyName name)
    {
        if (name.Name == _name) return LoadFromStream(new MemoryStream(_assembly));
        var path = Path.Combine(AppContext.BaseDirectory, $"{name.Name}.dll");
        return name.Name!.StartsWith("MiniBatch.", StringComparison.Ordinal) && File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }

    private static byte[] Compile(string project, Mutant mutant)
    {
        var edited = Path.Combine(Root, "src", mutant.File);
        var trees = new List<SyntaxTree> { CSharpSyntaxTree.ParseText(Usings, Options) };
        foreach (var path in Directory.GetFiles(Path.Combine(Root, "src", project), "*.cs", SearchOption.AllDirectories))
        {
            if (path.Contains("/obj/") || path.Contains("/bin/")) continue;
            if (path == edited) trees.Add(CSharpSyntaxTree.ParseText(Edit(Read(path), mutant), Options));
            else if (Parsed.TryGetValue(path, out var known)) trees.Add(known);
            else trees.Add(Parsed[path] = CSharpSyntaxTree.ParseText(Read(path), Options));
        }
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
            .Where(path => Path.GetFileNameWithoutExtension(path) != $"MiniBatch.{project}")
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            $"MiniBatch.{project}", trees, references,
            new CSharpCompilationOptions(
                File.Exists(Path.Combine(Root, "src", project, "Program.cs")) ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(5)));
        return assembly.ToArray();
    }

    private static string Edit(string source, Mutant mutant)
    {
        var at = source.IndexOf(mutant.Text, StringComparison.Ordinal);
        Assert.True(at >= 0, $"{mutant.File} has no longer: {mutant.Text}");
        Assert.True(source.IndexOf(mutant.Text, at + 1, StringComparison.Ordinal) < 0, $"{mutant.File} has more than once: {mutant.Text}");
        return source.Replace(mutant.Text, mutant.Broken, StringComparison.Ordinal);
    }

    /// <summary>Without what a source generator would have to make, and nothing in here calls.</summary>
    private static string Read(string path) => Imports().Replace(
        File.ReadAllText(path).Replace("[LibraryImport(", "[DllImport(", StringComparison.Ordinal).Replace(", StringMarshalling = StringMarshalling.Utf8", "", StringComparison.Ordinal),
        "static extern");

    [GeneratedRegex(@"static partial(?= \w+ \w+\([^)]*\);)")]
    private static partial Regex Imports();

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Cluster.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}

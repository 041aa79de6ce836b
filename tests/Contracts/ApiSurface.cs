using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace MiniBatch.Contracts;

/// <summary>
/// Holds an embedded slice against the recorded surface of the genuine assembly, so that a program that compiles
/// against the slice compiles against the package. The slice may have less than the list, never more and never other.
/// </summary>
public static class ApiSurface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Differences of every public type in Akka.* or TorchSharp.* of <paramref name="slice"/>; empty when it conforms.</summary>
    /// <param name="slice">The assembly; one that is not marked as embedded is the genuine one and conforms by definition.</param>
    /// <param name="lists">File names in the output folder's Api/, such as "torchsharp.txt".</param>
    public static IReadOnlyList<string> Differences(Assembly slice, params string[] lists)
    {
        if (slice.GetCustomAttribute<AssemblyProductAttribute>()?.Product != "embedded") return [];
        var lines = lists.SelectMany(list => File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Api", list)));
        var types = slice.GetExportedTypes().Where(type => Regex.IsMatch(type.Namespace ?? "", @"^(Akka|TorchSharp)(\.|$)"));
        return Differences(types, lines);
    }

    /// <summary>The same for chosen types and a list given as lines in the form of Api/*.txt.</summary>
    public static IReadOnlyList<string> Differences(IEnumerable<Type> types, IEnumerable<string> lines)
    {
        var list = ApiList.Parse(lines);
        return types.SelectMany(type => TypeDifferences(type, list)).ToList();
    }

    private static IEnumerable<string> TypeDifferences(Type type, ApiList list)
    {
        var name = ApiText.TypeName(type);
        if (!list.TryFind(name, out var genuine))
        {
            yield return $"{name}: no such type in the list";
            yield break;
        }
        var kind = ApiText.Kind(type);
        if (kind != genuine.Kind) yield return $"{name}: is a {kind}, the list has a {genuine.Kind}";
        if (type.IsEnum)
        {
            foreach (var value in Enum.GetNames(type).Except(genuine.EnumNames)) yield return $"{name}: no value {value} in the list";
            yield break;
        }
        var inherited = list.Closure(genuine);
        foreach (var ancestor in ApiText.Ancestors(type).Except(inherited.Select(ancestor => ancestor.Name)))
            yield return $"{name}: derives from {ancestor}, the list's does not";

        foreach (var member in type.GetMembers(Declared).Select(ApiText.Describe).OfType<ApiMember>())
        {
            var candidates = inherited.SelectMany(ancestor => ancestor.Members).ToList();
            if (candidates.Any(candidate => candidate.Covers(member))) continue;
            var near = candidates.Where(candidate => candidate.Name == member.Name).Select(candidate => candidate.ToString()).ToList();
            yield return $"{name}: {member}; the list has {(near.Count == 0 ? "no such member" : string.Join(" | ", near))}";
        }
    }
}

/// <summary>A member as the list prints it, without the modifiers that do not matter to a caller.</summary>
public sealed record ApiMember(string Signature, bool IsStatic, bool IsProtected, bool IsOverridable, string Accessors = "")
{
    public string Name => Regex.Match(Signature, @"^(?:new|\S+ ([^\s(<\[]+))").Value.Split(' ')[^1];

    /// <summary>A caller or heir of <paramref name="slice"/>'s member finds this one in its place.</summary>
    public bool Covers(ApiMember slice) =>
        Signature == slice.Signature && IsStatic == slice.IsStatic && IsProtected == slice.IsProtected
        && (IsOverridable || !slice.IsOverridable)
        && slice.Accessors.Split(' ').All(accessor => Accessors.Split(' ').Contains(accessor));

    public override string ToString() =>
        $"{(IsStatic ? "static " : "")}{(IsProtected ? "protected " : "")}{(IsOverridable ? "virtual " : "")}{Signature} {Accessors}".Trim();
}

/// <summary>One paragraph of a list.</summary>
public sealed record ApiType(string Kind, string Name, IReadOnlyList<string> Bases, List<ApiMember> Members, List<string> EnumNames);

/// <summary>A recorded surface, by type.</summary>
public sealed class ApiList
{
    private static readonly HashSet<string> Modifiers = ["static", "protected", "virtual", "abstract"];
    private readonly Dictionary<string, ApiType> _types = [];

    public static ApiList Parse(IEnumerable<string> lines)
    {
        var list = new ApiList();
        ApiType? current = null;
        foreach (var line in lines.Where(line => line.Length > 0))
        {
            if (!line.StartsWith(' ')) list._types.TryAdd(Definition((current = ParseHeader(line)).Name), current);
            else if (current!.Kind == "enum") current.EnumNames.AddRange(line.Trim().Split(", "));
            else current.Members.Add(ParseMember(line.Trim()));
        }
        return list;
    }

    public bool TryFind(string name, out ApiType type) => _types.TryGetValue(Definition(name), out type!);

    /// <summary>The type with everything that it inherits, type arguments put in.</summary>
    public IReadOnlyList<ApiType> Closure(ApiType type)
    {
        var found = new List<ApiType> { type };
        for (var i = 0; i < found.Count; i++)
        {
            foreach (var name in found[i].Bases.Where(name => found.All(known => known.Name != name)).ToList())
                found.Add(TryFind(name, out var ancestor) ? Instantiate(ancestor, name) : new ApiType("", name, [], [], []));
        }
        return found;
    }

    private static ApiType ParseHeader(string line)
    {
        var (head, bases) = line.Split(" : ", 2) is [var left, var right] ? (left, right.Split(", ")) : (line, []);
        var words = head.Split(' ');
        // Sealed and abstract bind heirs and constructors; constructors are listed as members.
        var kind = string.Join(' ', words[..^1].Except(["sealed", "abstract"]));
        return new ApiType(kind, words[^1], bases, [], []);
    }

    private static ApiMember ParseMember(string line)
    {
        var words = line.Split(' ').TakeWhile(Modifiers.Contains).ToList();
        var rest = string.Join(' ', line.Split(' ').Skip(words.Count));
        var brace = rest.IndexOf(" { ", StringComparison.Ordinal);
        var accessors = brace < 0 ? "" : string.Join(' ', Regex.Matches(rest[brace..], "get|set").Select(match => match.Value));
        return new ApiMember(brace < 0 ? rest : rest[..brace], words.Contains("static"), words.Contains("protected"),
            words.Contains("virtual") || words.Contains("abstract"), accessors);
    }

    /// <summary>"Module&lt;T,TResult&gt;" → "Module`2": a definition is known by name and arity.</summary>
    private static string Definition(string name)
    {
        var text = new System.Text.StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] != '<') { text.Append(name[i]); continue; }
            var arguments = Arguments(name, ref i);
            text.Append('`').Append(arguments.Count);
        }
        return text.ToString();
    }

    private static ApiType Instantiate(ApiType definition, string reference)
    {
        var parameters = AllArguments(definition.Name);
        var arguments = AllArguments(reference);
        if (parameters.Count == 0) return definition;
        var map = parameters.Zip(arguments).ToDictionary(pair => pair.First, pair => pair.Second);
        string Put(string text) => Regex.Replace(text, @"(?<![\w.])\w+(?![\w.])", word => map.GetValueOrDefault(word.Value, word.Value));
        return definition with
        {
            Name = reference,
            Bases = definition.Bases.Select(Put).ToList(),
            Members = definition.Members.Select(member => member with { Signature = Put(member.Signature) }).ToList(),
        };
    }

    private static List<string> AllArguments(string name)
    {
        var all = new List<string>();
        for (var i = 0; i < name.Length; i++)
            if (name[i] == '<') all.AddRange(Arguments(name, ref i));
        return all;
    }

    /// <summary>The arguments of the '&lt;' at <paramref name="i"/>, which moves on to its '&gt;'.</summary>
    private static List<string> Arguments(string name, ref int i)
    {
        var arguments = new List<string>();
        var (depth, from) = (1, i + 1);
        while (depth > 0)
        {
            i++;
            if (name[i] == '<') depth++;
            else if (name[i] == '>') depth--;
            if ((depth == 1 && name[i] == ',') || depth == 0)
            {
                arguments.Add(name[from..i]);
                from = i + 1;
            }
        }
        return arguments;
    }
}

/// <summary>Prints what reflection finds as the lists print it.</summary>
public static class ApiText
{
    public static string Kind(Type type) =>
        type.IsEnum ? "enum" : type.IsValueType ? "struct" : type.IsInterface ? "interface"
        : typeof(Delegate).IsAssignableFrom(type) ? "delegate" : type is { IsAbstract: true, IsSealed: true } ? "static class" : "class";

    /// <summary>"TorchSharp.torch.nn.Module&lt;T,TResult&gt;": nested types with '.', by-reference with '&amp;'.</summary>
    public static string TypeName(Type type)
    {
        if (type.IsGenericParameter) return type.Name;
        if (type.IsByRef) return TypeName(type.GetElementType()!) + "&";
        if (type.IsPointer) return TypeName(type.GetElementType()!) + "*";
        if (type.IsArray) return $"{TypeName(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        var arguments = new Queue<Type>(type.GetGenericArguments());
        var path = new Stack<Type>();
        for (var level = type; level != null; level = level.DeclaringType) path.Push(level);
        var names = path.Select(level =>
        {
            var parts = level.Name.Split('`');
            if (parts.Length == 1) return level.Name;
            var own = Enumerable.Range(0, int.Parse(parts[1], CultureInfo.InvariantCulture)).Select(_ => TypeName(arguments.Dequeue()));
            return $"{parts[0]}<{string.Join(',', own)}>";
        });
        return $"{type.Namespace}.{string.Join('.', names.ToList())}";
    }

    /// <summary>Visible bases and interfaces, less those that every class of its kind has.</summary>
    public static IEnumerable<string> Ancestors(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type)) return [];
        var bases = new List<Type>();
        for (var level = type.BaseType; level != null; level = level.BaseType) bases.Add(level);
        return bases.Where(level => level != typeof(object) && level != typeof(ValueType))
            .Concat(type.GetInterfaces()).Where(level => level.IsVisible).Select(TypeName);
    }

    /// <summary>Null for what callers cannot see, or what needs no listing.</summary>
    public static ApiMember? Describe(MemberInfo member) => member switch
    {
        _ when member.Name.StartsWith('<') || member.IsDefined(typeof(CompilerGeneratedAttribute)) => null,
        _ when typeof(Delegate).IsAssignableFrom(member.DeclaringType) && member.Name != "Invoke" => null,
        ConstructorInfo { IsStatic: false } made when Visible(made) => Made($"new({Parameters(made)})", made),
        MethodInfo method when Visible(method) && !IsAccessor(method) && !OverridesForeign(method) =>
            Made($"{TypeName(method.ReturnType)} {method.Name}{TypeParameters(method)}({Parameters(method)})", method),
        PropertyInfo property => Describe(property),
        FieldInfo field when field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly =>
            new ApiMember($"{TypeName(field.FieldType)} {field.Name}", field.IsStatic, !field.IsPublic, false),
        EventInfo { AddMethod: { } add } happening when Visible(add) => Made($"event {TypeName(happening.EventHandlerType!)} {happening.Name}", add),
        _ => null,
    };

    private static ApiMember? Describe(PropertyInfo property)
    {
        var accessors = property.GetAccessors(nonPublic: true).Where(accessor => Visible(accessor) && !OverridesForeign(accessor)).ToList();
        if (accessors.Count == 0) return null;
        var index = property.GetIndexParameters() is { Length: > 0 } keys ? $"[{string.Join(", ", keys.Select(Parameter))}]" : "";
        return Made($"{TypeName(property.PropertyType)} {property.Name}{index}", accessors.FirstOrDefault(accessor => accessor.IsPublic) ?? accessors[0])
            with { Accessors = string.Join(' ', accessors.Select(accessor => accessor.Name.Split('.')[^1][..3])) };
    }

    private static ApiMember Made(string signature, MethodBase method) =>
        new(signature, method.IsStatic, !method.IsPublic, method is { IsVirtual: true, IsFinal: false });

    private static bool Visible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsAccessor(MethodInfo method) => method.IsSpecialName && Regex.IsMatch(method.Name, "^(get|set|add|remove)_");

    /// <summary>ToString, Finalize, Exception.Message: callers reach them through the framework's type in any case.</summary>
    private static bool OverridesForeign(MethodInfo method) =>
        method.GetBaseDefinition() is var origin && origin != method && origin.DeclaringType!.Assembly != method.DeclaringType!.Assembly;

    private static string TypeParameters(MethodInfo method) =>
        method.IsGenericMethodDefinition ? $"<{string.Join(',', method.GetGenericArguments().Select(TypeName))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var prefix = parameter.IsOut ? "out " : parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "";
        var text = $"{prefix}{TypeName(parameter.ParameterType)} {parameter.Name}";
        return parameter.HasDefaultValue ? $"{text} = {Default(parameter.RawDefaultValue)}" : text;
    }

    private static string Default(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        Enum number => Convert.ToInt64(number, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}

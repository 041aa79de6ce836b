namespace MiniBatch.Deployment.Tests.Setup;

/// <summary>
/// What .NET SDK 10.0.401 says where something is wrong: noted from two projects that were built as ./cluster builds, with a source
/// that does not answer, on a file system of 8 MB, without its parts. Folders' and hosts' names are made up.
/// </summary>
internal static class DotnetWords
{
    public const string NoSdk = """
        The command could not be loaded, possibly because:
          * You intended to execute a .NET application:
              The application '--version' does not exist or is not a managed .dll or .exe.
          * You intended to execute a .NET SDK command:
              No .NET SDKs were found.

        Download a .NET SDK:
        https://aka.ms/dotnet/download

        Learn about SDK resolution:
        https://aka.ms/dotnet/sdk-not-found
        """;

    public const string AnotherSdkAskedFor = """
        The command could not be loaded, possibly because:
          * You intended to execute a .NET application:
              The application '--version' does not exist or is not a managed .dll or .exe.
          * You intended to execute a .NET SDK command:
              A compatible .NET SDK was not found.

        Requested SDK version: 8.0.100
        global.json file: /home/user/global.json

        Installed SDKs:
        10.0.401 [/usr/share/dotnet/sdk]

        Install the [8.0.100] .NET SDK or update [/home/user/global.json] to match an installed SDK.

        Learn about SDK resolution:
        https://aka.ms/dotnet/sdk-not-found
        """;

    public const string HalfInstalled = "Error: [/usr/share/dotnet/host/fxr] does not exist";

    public const string SourceRefuses = """
        /home/user/minibatch/B/B.csproj : error NU1301: Unable to load the service index for source http://feed.example/index. [/home/user/minibatch/Cluster.sln]
        /home/user/minibatch/B/B.csproj : error NU1301:   Connection refused (feed.example:80) [/home/user/minibatch/Cluster.sln]
        /home/user/minibatch/B/B.csproj : error NU1301:   Connection refused [/home/user/minibatch/Cluster.sln]
        /home/user/minibatch/A/A.csproj : error NU1301: Unable to load the service index for source http://feed.example/index. [/home/user/minibatch/Cluster.sln]
        /home/user/minibatch/A/A.csproj : error NU1301:   Connection refused (feed.example:80) [/home/user/minibatch/Cluster.sln]
        /home/user/minibatch/A/A.csproj : error NU1301:   Connection refused [/home/user/minibatch/Cluster.sln]

        Build FAILED.

        /home/user/minibatch/B/B.csproj : error NU1301: Unable to load the service index for source http://feed.example/index. [/home/user/minibatch/Cluster.sln]
        /home/user/minibatch/B/B.csproj : error NU1301:   Connection refused (feed.example:80) [/home/user/minibatch/Cluster.sln]
        /home/user/minibatch/B/B.csproj : error NU1301:   Connection refused [/home/user/minibatch/Cluster.sln]
            0 Warning(s)
            2 Error(s)

        Time Elapsed 00:00:07.46
        """;

    public const string SourceUnknown = """
        /home/user/minibatch/A/A.csproj : error NU1301: Unable to load the service index for source https://feed.example/index. [/home/user/minibatch/Cluster.sln]
        /home/user/minibatch/A/A.csproj : error NU1301:   Name or service not known (feed.example:443) [/home/user/minibatch/Cluster.sln]
        /home/user/minibatch/A/A.csproj : error NU1301:   Name or service not known [/home/user/minibatch/Cluster.sln]

        Build FAILED.

            0 Warning(s)
            1 Error(s)
        """;

    public const string SourceOverloaded = """
        /usr/share/dotnet/sdk/10.0.401/NuGet.targets(198,5): error : Failed to download package 'Serilog.4.4.0' from 'https://feed.example/f/serilog/4.4.0/serilog.4.4.0.nupkg'. [/home/user/minibatch/Cluster.sln]
        /usr/share/dotnet/sdk/10.0.401/NuGet.targets(198,5): error : Response status code does not indicate success: 503 (Service Unavailable). [/home/user/minibatch/Cluster.sln]
        /usr/share/dotnet/sdk/10.0.401/NuGet.targets(198,5): error : The feed 'packages [https://feed.example/index]' lists package 'Serilog.4.4.0' but multiple attempts to download the nupkg have failed. The feed is either invalid or required packages were removed while the current operation was in progress. Verify the package exists on the feed and try again. [/home/user/minibatch/Cluster.sln]

        Build FAILED.

            0 Warning(s)
            3 Error(s)
        """;

    public const string DownloadCutShort = """
        /usr/share/dotnet/sdk/10.0.401/NuGet.targets(198,5): error : Failed to download package 'Akka.1.5.74' from 'https://feed.example/f/akka/1.5.74/akka.1.5.74.nupkg'. [/home/user/minibatch/Cluster.sln]
        /usr/share/dotnet/sdk/10.0.401/NuGet.targets(198,5): error : The response ended prematurely, with at least 573152 additional bytes expected. (ResponseEnded) [/home/user/minibatch/Cluster.sln]

        Build FAILED.
        """;

    public const string SourceWithoutEncryption = """
        /home/user/minibatch/A/A.csproj : error NU1302: You are running the 'restore' operation with an 'HTTP' source: http://feed.example/index. NuGet requires HTTPS sources. To use an HTTP source, you must explicitly set 'allowInsecureConnections' to true in your NuGet.Config file. Refer to https://aka.ms/nuget-https-everywhere for more information. [/home/user/minibatch/Cluster.sln]

        Build FAILED.
        """;

    public const string DiskFullWhileUnpacking = """
        /usr/share/dotnet/sdk/10.0.401/NuGet.targets(198,5): error : No space left on device : '/home/user/.nuget/packages/microsoft.extensions.objectpool/6.0.36/wcfoaj10.0u3' [/home/user/minibatch/Cluster.sln]

        Build FAILED.

        /usr/share/dotnet/sdk/10.0.401/NuGet.targets(198,5): error : No space left on device : '/home/user/.nuget/packages/microsoft.extensions.objectpool/6.0.36/wcfoaj10.0u3' [/home/user/minibatch/Cluster.sln]
            0 Warning(s)
            1 Error(s)
        """;

    public const string DiskFullWhileCompiling = """
        CSC : error CS0041: Unexpected error writing debug information -- 'No space left on device : '/home/user/minibatch/B/obj/Release/net10.0/B.pdb'' [/home/user/minibatch/B/B.csproj]
        /usr/share/dotnet/sdk/10.0.401/Microsoft.Common.CurrentVersion.targets(6062,5): error MSB3491: Could not write lines to file "obj/Release/net10.0/B.csproj.FileListAbsolute.txt". No space left on device : '/home/user/minibatch/B/obj/Release/net10.0/mawislci.2ek~'  [/home/user/minibatch/B/B.csproj]
        CSC : error CS0016: Could not write to output file '/home/user/minibatch/A/obj/Release/net10.0/A.pdb' -- 'No space left on device : '/home/user/minibatch/A/obj/Release/net10.0/A.pdb'' [/home/user/minibatch/A/A.csproj]

        Build FAILED.
        """;

    public const string OurOwnMistake = """
        /home/user/minibatch/src/Worker/Program.cs(3,5): error CS1002: ; expected [/home/user/minibatch/src/Worker/MiniBatch.Worker.csproj]

        Build FAILED.

        /home/user/minibatch/src/Worker/Program.cs(3,5): error CS1002: ; expected [/home/user/minibatch/src/Worker/MiniBatch.Worker.csproj]
            0 Warning(s)
            1 Error(s)
        """;
}

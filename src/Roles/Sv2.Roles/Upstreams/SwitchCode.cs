using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Sv2.Mining.Server;
using Sv2.Roles.Downstreams;
using Sv2.Transport;

namespace Sv2.Roles.Upstreams;

/// <summary>
/// Has the code of a switch of pools compiled before it is needed. Otherwise the first switch of a process, which may come
/// after weeks and is the one that counts, would wait for the compiler at every step of its way.
/// </summary>
internal static partial class SwitchCode
{
    private const BindingFlags Own = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    // The way of a switch: a connection ends, another pool is chosen, its work goes to each miner's channels.
    private static readonly Type[] Way = [typeof(Sv2Connection), typeof(UpstreamList), typeof(DownstreamServer), typeof(MiningServerSession)];
    private static readonly ConcurrentDictionary<string, byte> Begun = new();

    /// <summary>Begins to compile the namespaces on the way and that of a role, once in a process, behind everything else.</summary>
    /// <param name="role">A type of the role's.</param>
    /// <param name="logger">Told of what could not be compiled ahead: it is then compiled when it is needed.</param>
    public static void Prepare(Type role, ILogger logger)
    {
        Type[] due = [.. Way.Append(role).Where(static sample => Begun.TryAdd(sample.Namespace!, 0))];
        if (due.Length > 0)
            new Thread(() => Array.ForEach(due, sample => Compile(sample, logger))) { Name = "compile ahead", IsBackground = true, Priority = ThreadPriority.Lowest }.Start();
    }

    private static void Compile(Type sample, ILogger logger)
    {
        IEnumerable<MethodBase> methods = sample.Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith(sample.Namespace!, StringComparison.Ordinal) == true && !type.ContainsGenericParameters && !type.IsInterface)
            .SelectMany(static type => type.GetMethods(Own).Concat<MethodBase>(type.GetConstructors(Own)))
            .Where(static method => !method.IsAbstract && !method.ContainsGenericParameters);
        try
        {
            foreach (MethodBase method in methods)
            {
                if (method.GetMethodBody() is not null)
                    RuntimeHelpers.PrepareMethod(method.MethodHandle);
            }
        }
        catch (Exception e)
        {
            LogNotCompiled(logger, e, sample.Namespace!);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Part of {Namespace} is compiled only when it is needed")]
    private static partial void LogNotCompiled(ILogger logger, Exception e, string @namespace);
}

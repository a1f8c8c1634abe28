using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Sv2.Roles.Hosting;

/// <summary>
/// Runs the data annotations of bound options and of everything inside them. The framework's validator looks at the top
/// level only and speaks of property names; an operator knows keys.
/// </summary>
internal static class AnnotationCheck
{
    public static void Check(object options, List<ConfigurationProblem> problems) => CheckValue("", options, problems);

    private static void CheckValue(string key, object? value, List<ConfigurationProblem> problems)
    {
        if (value is null or string)
            return;
        JsonTypeInfo type = RoleJson.Configuration.GetTypeInfo(value.GetType());
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                CheckObject(key, value, type, problems);
                break;
            case JsonTypeInfoKind.Enumerable:
                int i = 0;
                foreach (object? item in (IEnumerable)value)
                    CheckValue($"{key}[{i++}]", item, problems);
                break;
            case JsonTypeInfoKind.Dictionary when value is IDictionary dictionary:
                foreach (DictionaryEntry entry in dictionary)
                    CheckValue(ShapeCheck.Join(key, entry.Key.ToString() ?? ""), entry.Value, problems);
                break;
            default:
                break;
        }
    }

    private static void CheckObject(string key, object owner, JsonTypeInfo type, List<ConfigurationProblem> problems)
    {
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (property.Get is null)
                continue;
            string propertyKey = ShapeCheck.Join(key, property.Name);
            object? value = property.Get(owner);
            foreach (ValidationAttribute rule in Rules(property))
            {
                var context = new ValidationContext(owner) { MemberName = property.Name, DisplayName = propertyKey };
                if (rule.GetValidationResult(value, context) is { } failure)
                    problems.Add(Problem(propertyKey, value, rule, failure, property));
            }

            CheckValue(propertyKey, value, problems);
        }

        if (owner is IValidatableObject validatable)
        {
            foreach (ValidationResult result in validatable.Validate(new ValidationContext(owner)))
            {
                string member = result.MemberNames.FirstOrDefault() is { } name ? JsonNamingPolicy.CamelCase.ConvertName(name) : "";
                problems.Add(new(member.Length == 0 ? key : ShapeCheck.Join(key, member), result.ErrorMessage ?? "is not valid"));
            }
        }
    }

    private static IEnumerable<ValidationAttribute> Rules(JsonPropertyInfo property) =>
        property.AttributeProvider?.GetCustomAttributes(typeof(ValidationAttribute), inherit: true).Cast<ValidationAttribute>() ?? [];

    private static ConfigurationProblem Problem(string key, object? value, ValidationAttribute rule, ValidationResult failure, JsonPropertyInfo property)
    {
        string shown = OptionsSecrets.IsSecret(property)
            ? "the secret"
            : ShapeCheck.Show(JsonSerializer.SerializeToNode(value, property.PropertyType, RoleJson.Configuration));
        bool custom = rule.ErrorMessage is not null || rule.ErrorMessageResourceName is not null;
        return rule switch
        {
            _ when custom => new(key, failure.ErrorMessage ?? "is not valid"),
            RangeAttribute range => new(key, $"{shown} is outside the limits", $"choose {Limit(range.Minimum)} to {Limit(range.Maximum)}"),
            RequiredAttribute => new(key, "is missing", "give a value"),
            StringLengthAttribute length => new(key, $"{shown} has the wrong length", $"use {length.MinimumLength} to {length.MaximumLength} characters"),
            MaxLengthAttribute most => new(key, $"{shown} is too long", $"at most {most.Length}"),
            MinLengthAttribute least => new(key, $"{shown} is too short", $"at least {least.Length}"),
            RegularExpressionAttribute pattern => new(key, $"{shown} does not have the right form", $"it must match {pattern.Pattern}"),
            AllowedValuesAttribute allowed => new(key, $"{shown} is not allowed", "give one of: " + string.Join(", ", allowed.Values)),
            _ => new(key, $"{shown}: {failure.ErrorMessage}"),
        };
    }

    /// <summary>A limit as people write such a value.</summary>
    internal static string Limit(object limit) => limit switch
    {
        TimeSpan duration => DurationJsonConverter.Format(duration),
        string text when TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out TimeSpan duration) => DurationJsonConverter.Format(duration),
        _ => Convert.ToString(limit, CultureInfo.InvariantCulture) ?? "",
    };
}

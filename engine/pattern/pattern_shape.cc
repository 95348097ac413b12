#include "engine/pattern/pattern_shape.h"

#include <algorithm>

#include "engine/model/app_id.h"
#include "engine/yaml/json_schema.h"

namespace gitops {
namespace {

constexpr std::size_t kLongestName = 63;
constexpr std::size_t kLongestText = 4096;

constexpr const char* kNameRegex = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";

std::string CheckName(std::string_view name) {
  return IsValidName(name) ? "" : "a name has " + std::string(kNameRule);
}

std::string CheckVariableName(std::string_view name) {
  return IsVariableName(name)
             ? ""
             : "the name of a variable has 1 to 64 characters a-z 0-9 _ and starts "
               "with a letter";
}

Shape NameShape() { return TextShape().Longest(kLongestName).Checked(&CheckName, kNameRegex); }

Shape LongText() { return TextShape().Longest(kLongestText); }

Shape Paths() { return ListShape(TextShape().Longest(256)).Items(1, 32); }

Shape VariableShape() {
  std::vector<std::string> types;
  for (const std::string_view word : kVariableTypeWords) types.emplace_back(word);
  return MapShape({
      Key("type", WordShape(std::move(types)))
          .Required()
          .Doc("Type of the value.")
          .Example("integer"),
      Key("unit", TextShape().Longest(32))
          .Doc("Unit of a number, for messages. With `MB` or `GB`, texts such as `8GB` are "
               "converted."),
      Key("description", LongText()).Doc("What it is, for people."),
      Key("default", AnyShape()).Doc("Value when nobody sets one."),
      Key("required", BooleanShape()).Default("false").Doc("An app without a value is blocked."),
      Key("min", IntegerShape()).Doc("Smallest number."),
      Key("max", IntegerShape()).Doc("Largest number."),
      Key("options", ListShape(TextShape().Longest(256)).Items(1, 256))
          .Doc("The only texts that are allowed."),
      Key("from", Paths()).Doc("Manifest paths that it is taken from; the first that is set wins."),
      Key("minimum_from", Paths())
          .Doc("Manifest paths of a floor: a value below the first that is set blocks the app."),
      Key("phases", ListShape(WordShape({"infrastructure", "network", "platform"})).Items(1, 3))
          .Default("[infrastructure]")
          .Doc("The phases that use it, and run when it changes."),
  });
}

Shape StepShape() {
  return MapShape({
      Key("driver", NameShape()).Required().Doc("What carries the phase out.").Example("local"),
      Key("step", NameShape())
          .Default("host, or the driver's name")
          .Doc("Name of the step in plans: `infrastructure.host`."),
      Key("directory", LongText())
          .Doc("Directory of the pattern that the driver gets; when a file in it changes, the step "
               "runs."),
      Key("parameters", FreeMapShape(LongText())).Doc("Settings of the driver."),
  });
}

Shape ProviderShape() {
  return MapShape({
      Key("infrastructure", StepShape()).Required().Doc("Where the hosts come from."),
      Key("network", StepShape()).Doc("How they are reached."),
      Key("platform", StepShape()).Doc("What is made of a bare host before an app comes to it."),
  });
}

Shape HostShape() {
  return MapShape({
      Key("name", NameShape()).Required().Doc("Name in addresses: `app.setup[name]`."),
      Key("role", TextShape().Longest(kLongestName)).Doc("What it is for."),
  });
}

}  // namespace

Shape PatternShape() {
  return MapShape({
      Key("apiVersion", WordShape({std::string(kPatternApiVersion)}))
          .Required()
          .Doc("Generation of this format."),
      Key("name", NameShape()).Required().Doc("The same as the directory's."),
      Key("version", TextShape().Longest(64))
          .Required()
          .Doc("Version, for people.")
          .Example("1.0.0"),
      Key("description", LongText()).Doc("What it is for, in a sentence."),
      Key("variables", FreeMapShape(VariableShape()).Checked(&CheckVariableName))
          .Doc("The values it works with, and where they come from."),
      Key("providers", FreeMapShape(ProviderShape()).Checked(&CheckName))
          .Required()
          .Doc("For each provider, what carries out the phases."),
      Key("hosts", ListShape(HostShape()).Items(1, 64))
          .Default("one host")
          .Doc("The hosts that get the app's files and hooks."),
      Key("outputs", MapShape({Key("required", ListShape(TextShape().Longest(128)))
                                   .Doc("Outputs that the infrastructure must give.")}))
          .Doc("What the infrastructure has to give."),
  });
}

std::string PatternJsonSchema() {
  return ShapeToJsonSchema(PatternShape(), "pattern.yaml: one kind of app",
                           "urn:tfgrid-compose:schema:pattern:v1");
}

bool IsVariableName(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() < 'a' || name.front() > 'z') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace gitops

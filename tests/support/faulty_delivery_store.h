// FaultyDeliveryStore: passes every call on to another DeliveryStore and asks the function of
// FaultyStore before and after it. As thread-safe as what it wraps.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/store/delivery_store.h"
#include "tests/support/faulty_store.h"

namespace gitops {

class FaultyDeliveryStore : public DeliveryStore {
 public:
  using Moment = FaultyStore::Moment;

  FaultyDeliveryStore(DeliveryStore& inner, FaultyStore::Ask ask)
      : inner_(inner), ask_(std::move(ask)) {}

  Result<std::vector<DeliveryReceipt>> RecordDeliveries(
      const std::vector<NewDelivery>& deliveries) override {
    return Pass("RecordDeliveries", [&] { return inner_.RecordDeliveries(deliveries); });
  }
  Result<std::uint64_t> AskForSource(const std::string& source, std::string_view why) override {
    return Pass("AskForSource", [&] { return inner_.AskForSource(source, why); });
  }
  Result<std::vector<SourceRequest>> SourceRequests() override {
    return Pass("SourceRequests", [&] { return inner_.SourceRequests(); });
  }
  Result<SourceRequest> LoadSourceRequest(const std::string& source) override {
    return Pass("LoadSourceRequest", [&] { return inner_.LoadSourceRequest(source); });
  }
  Status MarkLooked(const std::string& source, std::uint64_t number,
                    const LookNote& note) override {
    return Pass("MarkLooked", [&] { return inner_.MarkLooked(source, number, note); });
  }
  Result<std::optional<Delivery>> FindCause(RunId run) override {
    return Pass("FindCause", [&] { return inner_.FindCause(run); });
  }
  Result<std::vector<Delivery>> ListDeliveries(const DeliveryFilter& filter) override {
    return Pass("ListDeliveries", [&] { return inner_.ListDeliveries(filter); });
  }

 private:
  template <typename Call>
  auto Pass(const std::string& name, Call call) -> decltype(call()) {
    RETURN_IF_ERROR(ask_(name, Moment::kBefore));
    auto result = call();
    RETURN_IF_ERROR(ask_(name, Moment::kAfter));
    return result;
  }

  DeliveryStore& inner_;
  const FaultyStore::Ask ask_;
};

}  // namespace gitops
